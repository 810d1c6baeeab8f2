using Microsoft.ML.Data;
using Microsoft.ML.Runtime;
using Microsoft.ML.Snn.Components;

namespace Microsoft.ML.Snn.Training.Data;

/// <summary>What the keys of a label column tell of the classes, and what to do where they look wrong.</summary>
internal static class LabelKeys
{
    /// <summary>
    /// The most classes. No public set of images to classify has as many, whereas a hash of the labels easily has: its keys are all those
    /// that its bits allow, and a network for them may not fit into memory.
    /// </summary>
    public const int MaxClasses = 1 << 16;

    private const string HowToMakeKeys = "MapValueToKey makes one key for each label that occurs.";

    /// <summary>The number of classes: of the keys that the column's type allows, whether or not they occur.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There are fewer than two or too many.</exception>
    /// <exception cref="InvalidOperationException">There is at most one, and there are no rows either.</exception>
    public static int Count(RoleMappedData data, string set)
    {
        DataViewSchema.Column label = data.Schema.Label!.Value;
        ulong count = label.Type.GetKeyCount();
        if (count > MaxClasses)
        {
            throw ColumnCheck.Unsuitable(
                $"Label column '{label.Name}' has keys for {count} classes, which is too many: at most {MaxClasses} are possible. "
                + $"{HowToMakeKeys} (Hash makes as many as its bits allow.)");
        }
        if (count >= 2)
            return (int)count;
        // MapValueToKey, fitted on nothing, makes a type with one key: the cause is then that there are no rows.
        using DataViewRowCursor cursor = data.Data.GetRowCursor([label]);
        throw cursor.MoveNext()
            ? ColumnCheck.Unsuitable($"Label column '{label.Name}' is {label.Type}: a classifier needs at least two classes.")
            : NoInstances(set);
    }

    public static Exception NoInstances(string set) => Contracts.Except($"There are 0 instances in {set}.");

    /// <summary>What may be wrong where labels are missing; empty where the keys were made of the labels themselves.</summary>
    public static string AdviceOnMissing(DataViewSchema.Column label) => HasValues(label)
        ? ""
        : " If the label is a member with [KeyType(n)]: its values count from 0 to n - 1, and any other, such as n itself, is a missing "
            + "label. Number the classes from 0, or use MapValueToKey.";

    public static void WarnOfUnusedKeys(DataViewSchema.Column label, IReadOnlyList<long> samples, IChannel channel)
    {
        int unused = samples.Count(count => count == 0);
        if (unused == 0)
            return;
        string advice = unused > samples.Count / 2 && !HasValues(label) ? $" {HowToMakeKeys}" : "";
        channel.Warning($"{unused} of {samples.Count} classes have no sample in the training set and will not be predicted well.{advice}");
    }

    private static bool HasValues(DataViewSchema.Column label) =>
        label.Annotations.Schema.GetColumnOrNull(AnnotationUtils.Kinds.KeyValues) is not null;
}
