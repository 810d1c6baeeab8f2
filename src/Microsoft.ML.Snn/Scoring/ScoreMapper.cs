using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Snn;

/// <summary>A spiking network bound to a schema: features in, one score column out.</summary>
internal sealed class ScoreMapper : ISchemaBoundRowMapper
{
    private readonly ScoreBinding _binding;

    /// <exception cref="ArgumentException">The feature column does not suit the network.</exception>
    public ScoreMapper(ScoreBinding binding, RoleMappedSchema schema, DataViewSchema.Annotations annotations)
    {
        _binding = binding;
        InputRoleMappedSchema = schema;
        CheckFeatures(schema);
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

    private void CheckFeatures(RoleMappedSchema schema)
    {
        DataViewType type = schema.Feature?.Type ?? throw new ArgumentException("The schema has no feature column.");
        FoldedNetwork network = _binding.Model.Network;
        string shape = $"[{string.Join(", ", network.InputShape)}]";
        if (type is not VectorDataViewType { ItemType: NumberDataViewType item } vector || item.RawType != typeof(float))
            throw new ArgumentException($"Feature column '{FeatureColumn.Name}' is {type}, but the network takes a Vector<Single> of shape {shape}.");
        // Any shape of the right length is taken, but not [H, W, C] where the network has learnt [C, H, W]: it would score nonsense in silence.
        bool isInterleaved = network.InputShape is [int c, int h, int w] && c != w && vector.Dimensions.AsSpan().SequenceEqual([h, w, c]);
        if (isInterleaved || vector.IsKnownSize && vector.Size != network.FeatureCount)
        {
            throw new ArgumentException(
                $"Feature column '{FeatureColumn.Name}' is {vector}, but the network takes {network.FeatureCount} values of shape {shape}.");
        }
    }
}
