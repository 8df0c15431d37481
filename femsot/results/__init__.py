"""What is asked of a solved model: torques, budgets, fields, resistances."""
