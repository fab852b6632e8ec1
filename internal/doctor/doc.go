// Package doctor looks at everything that a run needs before it runs: the
// configuration, the way to the platform, credentials and clock, the journal,
// and the rules that plans are held against. It moves no money and changes
// nothing; to find out whether the folder of the journal can be written to, it
// makes a file there and removes it again.
//
// Each check is a function from what it looks at to a Check, a value. What a
// check says is for people who did not write this program: what was found, and
// what to do.
package doctor
