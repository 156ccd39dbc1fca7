"""What the service does, one verb function each: collaborators, a command and the time in, a result out."""
