"""What people are told by mail and machines by webhook: letters that wait in a table until they have left."""
