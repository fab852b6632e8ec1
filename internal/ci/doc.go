// Package ci tells a CI system what a command found and did: annotations at the
// line of a manifest, a summary to read, outputs for later steps, reports that
// show in a merge request, test reports.
//
// It tells and decides nothing. What cannot be written is a warning on standard
// error, since money that moved has moved whether or not a report says so.
package ci
