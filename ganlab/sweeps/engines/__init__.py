"""Where a sweep's populations execute."""
