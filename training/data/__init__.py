"""What is learnt from: pictures, votes, targets, banks of teachers' views."""
