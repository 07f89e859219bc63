// Package iam says which permissions requests take, and whether the policies of a role grant them.
package iam
