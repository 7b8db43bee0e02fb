"""What happens to people who sign in: their sign-ins, their links, their roles."""
