namespace Microsoft.ML.Snn;

/// <summary>What a teacher's scores are: see <see cref="TeacherDistillation.ScoreKind"/>.</summary>
public enum TeacherScoreKind
{
    /// <summary>
    /// Probabilities of the classes, 0 or more, which sum to 1: what ML.NET's calibrated classifiers and this library's give.
    /// </summary>
    Probabilities = 0,

    /// <summary>Logits, whose softmax are the probabilities: any finite numbers, as most ONNX models give them.</summary>
    Logits = 1,
}
