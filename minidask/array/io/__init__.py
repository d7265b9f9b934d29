"""Arrays to and from files and stores."""
