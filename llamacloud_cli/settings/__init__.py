"""Where each setting comes from: flag > environment > project file > user file > default.

resolve      which source wins, for each setting and for the key; all that commands use
values       keys, base URLs and the settings of files: what they may be
places       where the files are
userfile     config.toml, with its profiles
projectfile  .llamacloud.toml, and which of them may set a base URL
keystore     where stored keys are kept: the system's keyring, or credentials.toml
tomlfile     reading and changing TOML, with the line of what is wrong
safefile     files that other users can neither read nor replace
"""
