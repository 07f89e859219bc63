// Package runner runs functions that are neither Go packages nor bootstrap binaries in a folder: archives are unpacked,
// commands are started in place of a bootstrap, and what can only run elsewhere is invoked there.
package runner
