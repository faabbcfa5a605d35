"""What a command is given (arguments, standard input, files), made into one request."""
