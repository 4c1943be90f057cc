"""The pages of the site that are made from the code, so that nothing stands twice."""
