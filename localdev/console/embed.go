// Package console holds the sources of the page at /_localdev/. They are bundled when somebody first asks for it.
package console

import "embed"

// Files are index.html, style.css and src/*.ts.
//
//go:embed index.html style.css src/*.ts
var Files embed.FS
