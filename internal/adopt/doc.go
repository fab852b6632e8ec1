// Package adopt declares what is on the platform already: it reads payments by
// their ids, side by side and in order, and adds each to a manifest as
// plan.Declare says.
package adopt
