// Package render shows plans, results and faults to the people who answer for
// the money, and to programs as JSON.
//
// Text that comes from outside (references, names of files, messages of the
// platform) is made harmless before it is written: whatever does not print, or
// could reorder the figures beside it, is shown escaped. Nothing in this
// package ever sees a secret.
//
// Plans, runs and journals are streamed: memory does not grow with the number
// of payments.
package render
