namespace Serve.Onnx.Config;

/// <summary>Reads a warm-up.</summary>
internal static class WarmUpReader
{
    private const int MostRuns = 10_000;

    public static ModelWarmUp Read(MessageReader reader)
    {
        var inputs = new Dictionary<string, WarmUpInput>(StringComparer.Ordinal);
        foreach (var (key, entry) in reader.Entries("inputs"))
        {
            if (entry.Message("value") is { } value)
                inputs[key] = ReadInput(value);
            entry.Finish();
        }

        var name = reader.Text("name");
        if (name.Length == 0)
            reader.Wrong("name", "must be given");
        var warmUp = new ModelWarmUp(name, (int)reader.Number("batch_size", 0, int.MaxValue), (int)reader.Number("count", 0, MostRuns), inputs);
        reader.Finish();
        return warmUp.Count == 0 ? warmUp with { Count = 1 } : warmUp;
    }

    private static WarmUpInput ReadInput(MessageReader reader)
    {
        var isZero = reader.Bool("zero_data");
        var isRandom = reader.Bool("random_data");
        var file = reader.Text("input_data_file");
        if ((isZero ? 1 : 0) + (isRandom ? 1 : 0) + (file.Length > 0 ? 1 : 0) > 1)
            reader.Wrong("zero_data", "goes without 'random_data' and 'input_data_file': one of the three");
        var kind = file.Length > 0 ? OnnxSampleKind.Data : isRandom ? OnnxSampleKind.Random : OnnxSampleKind.Zeros;
        var input = new WarmUpInput(TensorReader.ReadType(reader), reader.Numbers("dims", 0, int.MaxValue), kind, file);
        reader.Finish();
        return input;
    }
}
