// Package csvimport reads payments from CSV files as other programs export
// them, by a map from columns to what they mean. It guesses nothing that could
// change an amount: what can be read in two ways is refused, with its place.
package csvimport
