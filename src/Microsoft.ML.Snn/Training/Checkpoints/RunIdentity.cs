using System.Collections;
using System.Globalization;
using System.IO.Hashing;
using System.Reflection;

namespace Microsoft.ML.Snn.Training.Checkpoints;

/// <summary>
/// A hash of all that decides the weights that a training run ends with, but for the machine (<see cref="TrainingMachine"/>).
/// </summary>
internal readonly record struct RunIdentity(UInt128 Hash)
{
    // Settings that came after checkpoints were first written, and what runs had before: left out, runs that still have it stay the same.
    private static readonly Dictionary<PropertyInfo, object> _later = new()
    {
        [typeof(SpikingResNetArchitecture).GetProperty(nameof(SpikingResNetArchitecture.HeadPooling))!] = 0,
        [typeof(SpikingResNetArchitecture).GetProperty(nameof(SpikingResNetArchitecture.HiddenNormalization))!] = true,
    };

    /// <param name="facts">What decides, by names: numbers, texts, enums, records of them and lists, in an order that stays.</param>
    /// <exception cref="NotSupportedException">A value is of a type without settings: all of it would seem the same.</exception>
    public static RunIdentity Of(IEnumerable<(string Name, object? Value)> facts)
    {
        var bytes = new MemoryStream();
        using var writer = new BinaryWriter(bytes);
        foreach ((string name, object? value) in facts)
            Write(writer, name, value);
        writer.Flush();
        return new(XxHash128.HashToUInt128(bytes.GetBuffer().AsSpan(0, (int)bytes.Length)));
    }

    private static void Write(BinaryWriter writer, string name, object? value)
    {
        writer.Write(name);
        switch (value)
        {
            case null:
                writer.Write(false);
                break;
            case string or bool or Enum:
                writer.Write(true);
                writer.Write(value.ToString()!);
                break;
            // Numbers, in as many digits as tell them apart.
            case IFormattable number:
                writer.Write(true);
                writer.Write(number.ToString(null, CultureInfo.InvariantCulture));
                break;
            case IEnumerable items:
                writer.Write(true);
                int count = 0;
                foreach (object? item in items)
                    Write(writer, $"{count++}", item);
                writer.Write("end");
                break;
            default:
                writer.Write(true);
                foreach (PropertyInfo property in Settings(value.GetType()))
                {
                    object? setting = property.GetValue(value);
                    if (!_later.TryGetValue(property, out object? before) || !before.Equals(setting))
                        Write(writer, property.Name, setting);
                }
                break;
        }
    }

    /// <summary>What can be set of a record of options, by its factories too; what it computes has no setter.</summary>
    /// <exception cref="NotSupportedException">There is nothing: values of such a type would all seem the same.</exception>
    private static PropertyInfo[] Settings(Type type)
    {
        PropertyInfo[] settings = [.. type.GetProperties(BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance)
            .Where(property => property.CanWrite
                && property != typeof(SpikingResNetArchitecture).GetProperty(nameof(SpikingResNetArchitecture.Name)))
            .OrderBy(property => property.Name, StringComparer.Ordinal)];
        return settings.Length > 0 ? settings : throw new NotSupportedException($"Options of type {type} cannot be told apart.");
    }
}
