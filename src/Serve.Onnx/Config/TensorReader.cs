namespace Serve.Onnx.Config;

/// <summary>Reads the parts of a configuration that say what an input or output is.</summary>
internal static class TensorReader
{
    /// <summary>The names of Triton's DataType, in the order of their numbers.</summary>
    private static readonly string[] TypeNames =
    [
        "TYPE_INVALID", "TYPE_BOOL", "TYPE_UINT8", "TYPE_UINT16", "TYPE_UINT32", "TYPE_UINT64", "TYPE_INT8", "TYPE_INT16", "TYPE_INT32", "TYPE_INT64", "TYPE_FP16", "TYPE_FP32",
        "TYPE_FP64", "TYPE_STRING", "TYPE_BF16",
    ];

    public static ModelTensor ReadInput(MessageReader reader)
    {
        var tensor = Read(reader) with { Format = reader.Choice("format", "FORMAT_NONE", "FORMAT_NHWC", "FORMAT_NCHW") ?? "FORMAT_NONE" };
        if (tensor.Format != "FORMAT_NONE" && tensor.Dims.Count != 3)
            reader.Wrong("format", $"{tensor.Format} goes with 3 'dims'; there are {tensor.Dims.Count}");
        reader.RefuseTrue("allow_ragged_batch", "ragged batches are not built; pad the inputs to one shape");
        reader.RefuseTrue("optional", "each input has to be given");
        reader.Finish();
        return tensor;
    }

    public static ModelTensor ReadOutput(MessageReader reader)
    {
        var tensor = Read(reader) with { LabelFile = reader.Text("label_filename") };
        reader.Finish();
        return tensor;
    }

    public static TensorDataType ReadType(MessageReader reader)
    {
        var name = reader.Choice("data_type", TypeNames);
        if (name is null or "TYPE_INVALID")
        {
            if (name is not null || !reader.Has("data_type"))
                reader.Wrong("data_type", "must be given, such as TYPE_FP32");
            return TensorDataType.Float32;
        }

        return name == "TYPE_STRING" ? TensorDataType.Bytes : TensorDataTypes.TryParse(name["TYPE_".Length..], out var type) ? type : TensorDataType.Float32;
    }

    private static ModelTensor Read(MessageReader reader)
    {
        var name = reader.Text("name");
        if (name.Length == 0)
            reader.Wrong("name", "must be given");
        reader.Refuse("reshape", "give the 'dims' that the model itself has");
        reader.RefuseTrue("is_shape_tensor", "it is for TensorRT; remove it");
        reader.RefuseTrue("is_non_linear_format_io", "it is for TensorRT; remove it");
        return new ModelTensor(name, ReadType(reader), reader.Numbers("dims", -1, int.MaxValue));
    }
}
