using System.Runtime.CompilerServices;

// The conformance suite compares SchemaShapes, whose parts ML.NET keeps internal.
[assembly: IgnoresAccessChecksTo("Microsoft.ML.Core")]
[assembly: IgnoresAccessChecksTo("Microsoft.ML.Data")]
