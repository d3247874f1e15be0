//go:build amd64 && !noasm && !gccgo && !safe

package matmul

// blasAssembly says whether gonum's dot products are in assembly here.
const blasAssembly = true
