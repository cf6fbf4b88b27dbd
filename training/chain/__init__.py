"""The whole chain in a fixed time: teachers, a bank, students, results."""
