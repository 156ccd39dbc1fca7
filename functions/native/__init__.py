"""The native surface: what operators administer in every workspace, whichever dialect its devices speak."""
