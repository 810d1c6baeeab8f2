using System.Collections.Immutable;
using System.IO.Hashing;
using System.Reflection;
using Microsoft.ML.Snn.Folding;
using Microsoft.ML.Snn.Tests.Reference;
using Microsoft.ML.Snn.Training.Checkpoints;

namespace Microsoft.ML.Snn.Tests.Training;

/// <summary>Whatever can change the weights makes another run, down to the last setting of an option.</summary>
public class RunIdentityTests
{
    private static readonly FieldInfo[] _options = typeof(SpikingResNetTrainer.Options).GetFields(BindingFlags.Public | BindingFlags.Instance);

    public static TheoryData<string> Decisive => [.. SpikingResNetTrainer.Options.Decisive().Select(option => option.Name)];

    [Fact]
    public void An_option_that_is_not_said_not_to_matter_is_hashed()
    {
        HashSet<string> undecisive = SpikingResNetTrainer.Options.Undecisive;
        Assert.Equal(
            _options.Select(field => field.Name).Except(undecisive).Order(),
            new SpikingResNetTrainer.Options().DecisiveValues().Select(value => value.Name).Order());
        // A name on the list that no option has any more would hide the next one of that name.
        Assert.Subset(_options.Select(field => field.Name).ToHashSet(), undecisive);
    }

    [Theory]
    [MemberData(nameof(Decisive))]
    public void Another_value_makes_another_run(string option)
    {
        FieldInfo field = Assert.Single(_options, field => field.Name == option);
        UInt128 usual = Hash(field, Filled(field.FieldType, field.GetValue(new SpikingResNetTrainer.Options())));
        Assert.Equal(usual, Hash(field, Filled(field.FieldType, field.GetValue(new SpikingResNetTrainer.Options()))));
        object[] others = [.. Others(field.FieldType, Filled(field.FieldType, field.GetValue(new SpikingResNetTrainer.Options())))];
        Assert.NotEmpty(others);
        Assert.All(others, other => Assert.NotEqual(usual, Hash(field, other)));
        Assert.Equal(others.Length, others.Select(other => Hash(field, other)).Distinct().Count());
    }

    [Fact]
    public void A_value_that_has_no_settings_is_not_taken_for_a_setting() =>
        Assert.Throws<NotSupportedException>(() => RunIdentity.Of([("Option", new object())]));

    [Fact]
    public void An_architectures_name_does_nothing()
    {
        FieldInfo field = Assert.Single(_options, field => field.Name == nameof(SpikingResNetTrainer.Options.Architecture));
        Assert.Equal(Hash(field, SpikingResNetArchitecture.ResNet19), Hash(field, SpikingResNetArchitecture.ResNet19 with { Name = "Mine" }));
    }

    /// <summary>Written down from what versions without HeadPooling and HiddenNormalization hashed.</summary>
    [Fact]
    public void An_architecture_without_later_settings_is_the_one_that_it_was_before_them()
    {
        SpikingResNetArchitecture architecture = new() { Stem = new(8, 5), Stages = [new(1, 16, 2)], HiddenUnits = 4 };
        var bytes = new MemoryStream();
        using var writer = new BinaryWriter(bytes);
        Write("Architecture", null);
        Write("Block", "Basic");
        Write("HiddenUnits", "4");
        Write("Stages", null);
        Write("0", null);
        Write("Blocks", "1");
        Write("Stride", "2");
        Write("Width", "16");
        writer.Write("end");
        Write("Stem", null);
        Write("Kernel", "5");
        Write("Stride", "1");
        Write("Width", "8");
        writer.Flush();
        UInt128 expected = XxHash128.HashToUInt128(bytes.ToArray());
        Assert.Equal(expected, RunIdentity.Of([("Architecture", architecture)]).Hash);
        Assert.NotEqual(expected, RunIdentity.Of([("Architecture", architecture with { HeadPooling = 1 })]).Hash);
        Assert.NotEqual(expected, RunIdentity.Of([("Architecture", architecture with { HiddenNormalization = false })]).Hash);

        void Write(string name, string? value)
        {
            writer.Write(name);
            writer.Write(true);
            if (value is not null)
                writer.Write(value);
        }
    }

    private static UInt128 Hash(FieldInfo field, object? value)
    {
        var options = new SpikingResNetTrainer.Options();
        field.SetValue(options, value);
        return RunIdentity.Of(options.DecisiveValues()).Hash;
    }

    /// <summary>A value of an option that is null by default.</summary>
    private static object Filled(Type type, object? value) => value
        ?? (type == typeof(IReadOnlyList<TrainingPhase>) ? new TrainingPhase[] { new(2, 1, 0.5) }
            : type == typeof(EarlyStopping) ? new EarlyStopping()
            : type == typeof(ImageAugmentation) ? new ImageAugmentation()
            : type == typeof(TeacherDistillation) ? new TeacherDistillation()
            : type == typeof(InitialNetwork) ? InitialNetwork.FromNetwork(
                new(NetworkFolder.Round(NetworkFolder.Fold(Presets.Trained("Plain", false)))))
            : type == typeof(InputStatistics) ? new InputStatistics([1], [2])
            : type == typeof(TemporalSelfDistillation) ? new TemporalSelfDistillation()
            : throw new NotSupportedException($"A value of {type} is missing here."));

    /// <summary>The value with one thing changed: each of what it consists of in turn.</summary>
    private static IEnumerable<object> Others(Type type, object? value)
    {
        switch (value)
        {
            case bool flag:
                yield return !flag;
                yield break;
            case int number:
                // A kernel must stay odd.
                yield return number + 2;
                yield break;
            case double number:
                // What is 0 may be off and have a least value beyond that; a share may be 1 at the most.
                yield return number == 0 ? 0.25 : number == 1 ? Math.BitDecrement(number) : Math.BitIncrement(number);
                yield break;
            case Enum:
                foreach (object other in Enum.GetValues(value.GetType()).Cast<object>().Where(other => !other.Equals(value)))
                    yield return other;
                yield break;
            case UInt128 hash:
                yield return hash + 1;
                yield break;
            case null when Nullable.GetUnderlyingType(type) == typeof(bool):
                yield return true;
                yield return false;
                yield break;
            case null when Nullable.GetUnderlyingType(type) == typeof(int):
                yield return 1;
                yield break;
            case null when Nullable.GetUnderlyingType(type) == typeof(double):
                yield return 1.0;
                yield break;
            case null when type == typeof(RandAugment):
                yield return new RandAugment();
                foreach (object other in Others(type, new RandAugment()))
                    yield return other;
                yield break;
            case ImmutableArray<SpikingStage> stages:
                yield return stages.Add(stages[0]);
                foreach (object other in Others(typeof(SpikingStage), stages[0]))
                    yield return stages.SetItem(0, (SpikingStage)other);
                yield break;
            case InputStatistics:
                yield return new InputStatistics([3], [2]);
                yield return new InputStatistics([1], [4]);
                yield return new InputStatistics([1, 1], [2, 2]);
                yield break;
            case TrainingPhase[] phases:
                yield return phases.Append(phases[0]).ToArray();
                foreach (object other in Others(typeof(TrainingPhase), phases[0]))
                    yield return new[] { (TrainingPhase)other };
                yield break;
        }
        // A record: a copy, one property of which differs.
        MethodInfo copy = value!.GetType().GetMethod("<Clone>$") ?? throw new NotSupportedException($"Other values of {type} are missing here.");
        foreach (PropertyInfo property in value.GetType().GetProperties(BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance)
            .Where(property => property.CanWrite && property.Name != "Name"))
        {
            foreach (object other in Others(property.PropertyType, property.GetValue(value)))
            {
                object changed = copy.Invoke(value, null)!;
                property.SetValue(changed, other);
                yield return changed;
            }
        }
    }
}
