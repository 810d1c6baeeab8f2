using System.Text;
using Microsoft.ML.Data;
using Microsoft.ML.Snn.Engine.Graph;
using Microsoft.ML.Snn.Scoring.Labels;

namespace Microsoft.ML.Snn.Scoring.Verification;

/// <summary>
/// The names of the classes stand in a model twice: in the network, where a checksum protects them, and as the key values of the label
/// column in the schema of its training, from where ML.NET takes them for scores and predicted label.
/// </summary>
internal static class ClassNames
{
    private const string Advice = "Copy it again, or save it anew.";

    /// <param name="label">The label column of the training.</param>
    /// <param name="names">
    /// The network's names; null where it was trained without, or with key values that are neither text nor numbers.
    /// </param>
    /// <param name="classes">Number of classes of the network.</param>
    /// <exception cref="InvalidDataException">They differ.</exception>
    public static void Check(DataViewSchema.Column? label, LabelValues? names, int classes)
    {
        LabelValues? others;
        if (label?.Type.GetKeyCount() is { } keys && keys != (ulong)classes)
            throw new InvalidDataException(
                $"The model is damaged: its network has {classes} classes, and the schema that it was trained on has {keys}. {Advice}");
        try
        {
            others = label is null ? null : LabelAnnotations.Read(label.Value);
        }
        catch (ArgumentException e)
        {
            throw new InvalidDataException($"The names of the model's classes are damaged: {e.Message} {Advice}", e);
        }
        if (others is null && names is null)
            return;
        if (others is null || names is null || others.AreNumeric != names.AreNumeric)
        {
            throw new InvalidDataException(
                $"The model is damaged: its network has {Kind(names)}, and the schema that it was trained on has {Kind(others)}. {Advice}");
        }
        for (int i = 0; i < classes; i++)
        {
            // Whoever has read them from a zip has lost what UTF-8 cannot write.
            if (names[i] != others[i] && !Encoding.UTF8.GetBytes(names[i]).AsSpan().SequenceEqual(Encoding.UTF8.GetBytes(others[i])))
            {
                throw new InvalidDataException(
                    $"The model is damaged: class {i + 1} is '{names[i]}' in its network, but '{others[i]}' in the schema that it was "
                        + "trained on. "
                    + Advice);
            }
        }
    }

    private static string Kind(LabelValues? names) =>
        names is null ? "no names of classes" : names.AreNumeric ? "numbers for classes" : "names of classes";
}
