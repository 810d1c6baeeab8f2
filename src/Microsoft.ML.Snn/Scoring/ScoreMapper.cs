using Microsoft.ML.Data;
using Microsoft.ML.Runtime;
using Microsoft.ML.Snn.Components;

namespace Microsoft.ML.Snn.Scoring;

/// <summary>A spiking network bound to a schema: features in, one score column out.</summary>
internal sealed class ScoreMapper : ISchemaBoundRowMapper
{
    private readonly ScoreBinding _binding;

    /// <exception cref="ArgumentOutOfRangeException">
    /// The feature column does not suit the network, or is not as it was in training.
    /// </exception>
    public ScoreMapper(ScoreBinding binding, RoleMappedSchema schema, DataViewSchema.Annotations annotations)
    {
        _binding = binding;
        InputRoleMappedSchema = schema;
        DataViewSchema.Column features = schema.Feature ?? throw ColumnCheck.Unsuitable("The schema has no feature column.");
        FeatureRow.Check(features, binding.Model.Network);
        // ML.NET's GetOutputSchema asks for this, its Transform does not; without it one would take what the other refuses.
        if (binding.FeatureType is { } trained && !features.Type.Equals(trained))
            throw ColumnCheck.Unsuitable("feature", features, trained.ToString()!);
        var builder = new DataViewSchema.Builder();
        builder.AddColumn(binding.ScoreColumnName, ((IValueMapper)binding.Model).OutputType, annotations);
        OutputSchema = builder.ToSchema();
    }

    public RoleMappedSchema InputRoleMappedSchema { get; }

    public DataViewSchema InputSchema => InputRoleMappedSchema.Schema;

    public DataViewSchema OutputSchema { get; }

    public ISchemaBindableMapper Bindable => _binding;

    private DataViewSchema.Column FeatureColumn => InputRoleMappedSchema.Feature!.Value;

    public IEnumerable<KeyValuePair<RoleMappedSchema.ColumnRole, string>> GetInputColumnRoles() =>
        [RoleMappedSchema.ColumnRole.Feature.Bind(FeatureColumn.Name)];

    public IEnumerable<DataViewSchema.Column> GetDependenciesForNewColumns(IEnumerable<DataViewSchema.Column> dependingColumns) =>
        dependingColumns.Any() ? [FeatureColumn] : [];

    public DataViewRow GetRow(DataViewRow input, IEnumerable<DataViewSchema.Column> activeColumns) =>
        new SimpleRow(OutputSchema, input, [activeColumns.Any() ? MakeGetter(input) : null]);

    private ValueGetter<VBuffer<float>> MakeGetter(DataViewRow input)
    {
        ValueGetter<VBuffer<float>> getFeatures = input.GetGetter<VBuffer<float>>(input.Schema[FeatureColumn.Index]);
        ValueMapper<VBuffer<float>, VBuffer<float>> map = ((IValueMapper)_binding.Model).GetMapper<VBuffer<float>, VBuffer<float>>();
        VBuffer<float> features = default;
        return (ref VBuffer<float> scores) =>
        {
            getFeatures(ref features);
            map(in features, ref scores);
        };
    }
}
