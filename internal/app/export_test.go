package app

// InvokeLater is for the tests.
var InvokeLater = (*App).invokeLater
