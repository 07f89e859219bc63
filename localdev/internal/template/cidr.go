package template

import (
	"net/netip"
	"strconv"
)

// maxBlocks is how many blocks Fn::Cidr makes at most.
// https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference-cidr.html
const maxBlocks = 256

// cidr returns the first blocks of a range that leave so many bits to hosts: [range, count, bits].
func cidr(at pos, arg *node) (*node, error) {
	bad := func() (*node, error) {
		return nil, faultf(at, "Fn::Cidr takes [range, how many blocks, bits of an address in a block], "+
			"e.g. [10.0.0.0/16, 4, 8]")
	}
	if arg.kind != kindList || len(arg.list) < 2 || len(arg.list) > 3 {
		return bad()
	}
	if v := unknown(arg.list...); v != nil {
		return textNode(at, v.text), nil
	}
	var numbers []int
	for _, n := range arg.list[1:] {
		if !n.scalar() {
			return bad()
		}
		number, err := strconv.Atoi(n.text)
		if err != nil {
			return bad()
		}
		numbers = append(numbers, number)
	}
	whole, err := netip.ParsePrefix(arg.list[0].text)
	if err != nil {
		return bad()
	}
	size := whole.Addr().BitLen()
	bits := size - whole.Bits()
	if len(numbers) == 2 {
		bits = numbers[1]
	}
	count := numbers[0]
	if count < 1 || count > maxBlocks || bits < 0 || bits > size-whole.Bits() {
		return bad()
	}
	if free := size - whole.Bits() - bits; free < 8 && count > 1<<free {
		return nil, faultf(at, "Fn::Cidr: %s has no %d blocks of %d bits", whole, count, bits)
	}
	out := listNode(at)
	for i := range count {
		block := netip.PrefixFrom(shifted(whole.Masked().Addr(), i, bits), size-bits)
		out.list = append(out.list, textNode(at, block.String()))
	}
	return out, nil
}

// shifted adds i << bits to an address.
func shifted(a netip.Addr, i, bits int) netip.Addr {
	b := a.AsSlice()
	carry := i << (bits % 8)
	for place := len(b) - 1 - bits/8; carry > 0 && place >= 0; place-- {
		carry += int(b[place])
		b[place] = byte(carry)
		carry >>= 8
	}
	out, _ := netip.AddrFromSlice(b)
	return out
}
