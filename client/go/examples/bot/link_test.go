package main

import (
	"fmt"
	"testing"
)

func TestFormerPagesAreForgottenAtLast(t *testing.T) {
	l := &link{name: "ada"}
	for i := range 1000 {
		l.meet(fmt.Sprintf("page-%d.1", i))
	}
	if len(l.former) != maxFormer || !l.past("page-998.2") || l.past("page-999.1") || l.past("page-1000.1") {
		t.Errorf("remembers %v", l.former)
	}
}
