namespace Microsoft.ML.Snn.Engine.Onnx;

/// <summary>Types of a tensor's elements that networks need, numbered as in the ONNX specification.</summary>
internal enum OnnxElementType
{
    Float = 1,
    Uint8 = 2,
    Int32 = 6,
    Int64 = 7,
    Uint32 = 12,
}
