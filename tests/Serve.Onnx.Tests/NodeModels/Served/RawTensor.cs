namespace Serve.Onnx.Tests.NodeModels.Served;

/// <summary>Makes a tensor of the bytes that came.</summary>
internal static class RawTensor
{
    public static TensorBuffer Of(string type, long[] shape, ReadOnlySpan<byte> bytes)
    {
        TensorDataTypes.TryParse(type, out var dataType).ShouldBeTrue($"'{type}' is no datatype");
        var tensor = dataType == TensorDataType.Bytes ? TensorBuffer.RentBytes(bytes.Length, shape) : TensorBuffer.Rent(dataType, shape);
        tensor.ByteLength.ShouldBe(bytes.Length);
        bytes.CopyTo(tensor.Bytes);
        return tensor;
    }

    /// <summary>The numbers of a tensor, one by one.</summary>
    public static IEnumerable<T> Numbers<T>(TensorBuffer tensor)
        where T : unmanaged => tensor.AsSpan<T>().ToArray();
}
