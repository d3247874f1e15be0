// Package parquet keeps records of faces as Parquet, the table format that DuckDB, pandas,
// Spark and Beam read. It is apart from package records because the library behind it is
// large.
//
// A table has a row for each record, with the columns of Row, and is written as a whole:
// it is what becomes of a records.Log in the end, not what a run adds to.
//
//	err := parquet.WriteFile("faces.parquet", records.Read(log))
package parquet
