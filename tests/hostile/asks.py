"""input()"""
name = input("name? ")
