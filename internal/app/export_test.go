package app

// For the tests.
var (
	InvokeLater = (*App).invokeLater
	AllDialects = allDialects
	SIPUsers    = (*App).sipUsers
)
