// Package apply makes a plan so, once.
//
// For each call of a plan it reads the payment again and compares it with what
// the plan was made on, writes down what it is about to do, makes the call
// under the plan's key, and writes down what became of it. What it cannot know
// it calls unknown: nothing here ever guesses.
//
// The package relies on two interfaces, a Gateway that talks to the platform
// and a Journal that forgets nothing; it knows neither HTTP nor SQL.
package apply
