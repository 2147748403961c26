"""Tests mirror the rooms: flat functions, exact values, a real PostgreSQL made by the migrations."""
