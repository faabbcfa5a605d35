"""The thin HTTP layer: requests in, answers or errors out. It knows no flags and prints nothing."""
