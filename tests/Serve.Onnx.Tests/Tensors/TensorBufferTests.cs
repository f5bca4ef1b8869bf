namespace Serve.Onnx.Tests.Tensors;

public sealed class TensorBufferTests
{
    [Fact]
    public void Copy_Numbers_AreSeenByTheirTypeAndAsLittleEndianBytes()
    {
        using var tensor = TensorBuffer.Copy<short>(TensorDataType.Int16, [1, -2, 256], 3, 1);

        tensor.ToString().ShouldBe("INT16 [3, 1]");
        tensor.Bytes.ToArray().ShouldBe([1, 0, 0xfe, 0xff, 0, 1]);
        tensor.AsSpan<short>().ToArray().ShouldBe([1, -2, 256]);
        Should.Throw<InvalidCastException>(() => tensor.AsSpan<ushort>().ToArray()).Message.ShouldContain("INT16");
    }

    [Fact]
    public void CopyTexts_AnyTexts_ComeBack()
    {
        using var tensor = TensorBuffer.CopyTexts(["", "zwölf", "a\0b", "日本"], 2, 2);

        tensor.ReadTexts().ShouldBe(["", "zwölf", "a\0b", "日本"]);
        tensor.Bytes[..14].ToArray().ShouldBe([0, 0, 0, 0, 6, 0, 0, 0, (byte)'z', (byte)'w', 0xc3, 0xb6, (byte)'l', (byte)'f']);
    }

    [Theory]
    [InlineData(new byte[] { 1, 0, 0 }, "has 0 whole elements in its 3 bytes; its shape asks for 1")]
    [InlineData(new byte[] { 2, 0, 0, 0, 65 }, "has 0 whole elements in its 5 bytes; its shape asks for 1")]
    [InlineData(new byte[] { 0xff, 0xff, 0xff, 0xff, 65 }, "has 0 whole elements in its 5 bytes; its shape asks for 1")]
    [InlineData(new byte[] { 1, 0, 0, 0, 65, 7 }, "has 1 bytes left after its 1 elements")]
    public void ReadTexts_RawFormThatIsNone_SaysWhy(byte[] raw, string why)
    {
        using var tensor = TensorBuffer.RentBytes(raw.Length, 1);
        raw.CopyTo(tensor.Bytes);

        Should.Throw<InvalidDataException>(tensor.ReadTexts).Message.ShouldBe($"The tensor of BYTES [1] {why}.");
    }

    [Theory]
    [InlineData(-1L)]
    [InlineData(long.MinValue)]
    [InlineData(1L << 31)]
    [InlineData(long.MaxValue, long.MaxValue)]
    [InlineData(4L, 1L << 62)]
    public void Rent_ShapeThatIsNone_NamesIt(params long[] shape) =>
        Should.Throw<ArgumentException>(() => TensorBuffer.Rent(TensorDataType.Float32, shape)).Message.ShouldContain($"FP32 can't have the shape [{string.Join(", ", shape)}]");

    [Fact]
    public void Rent_ZeroBesideHugeDimensions_IsEmpty()
    {
        using var tensor = TensorBuffer.Rent(TensorDataType.Float32, long.MaxValue, 0, long.MaxValue);

        tensor.ByteLength.ShouldBe(0);
    }

    [Fact]
    public void Rent_TextsWithoutASize_NamesTheOtherWay() =>
        Should.Throw<ArgumentException>(() => TensorBuffer.Rent(TensorDataType.Bytes, 1)).Message.ShouldContain(nameof(TensorBuffer.RentBytes));

    [Fact]
    public void Bytes_AfterDispose_Throws()
    {
        var tensor = TensorBuffer.Rent(TensorDataType.Int8, 3);
        tensor.Dispose();
        tensor.Dispose();

        Should.Throw<ObjectDisposedException>(() => tensor.Bytes.Length);
    }

    [Fact]
    public void Rows_OfNumbers_StayWhenTheWholeIsGone()
    {
        var whole = TensorBuffer.Copy<int>(TensorDataType.Int32, [1, 2, 3, 4, 5, 6], 3, 2);
        using var middle = whole.Rows(1, 2);
        using var last = middle.Rows(1, 1);

        whole.Dispose();

        middle.AsSpan<int>().ToArray().ShouldBe([3, 4, 5, 6]);
        last.AsSpan<int>().ToArray().ShouldBe([5, 6]);
        last.Shape.ToArray().ShouldBe([1, 2]);
    }

    [Fact]
    public void Rows_OfTexts_AreWholeElements()
    {
        using var whole = TensorBuffer.CopyTexts(["a", "bb", "", "cccc"], 4);
        using var middle = whole.Rows(1, 2);

        middle.ReadTexts().ShouldBe(["bb", ""]);
    }

    [Fact]
    public void Names_OfAllTypes_AreThoseOfTheProtocol()
    {
        TensorDataTypes.AllNames.ShouldBe(["BOOL", "UINT8", "UINT16", "UINT32", "UINT64", "INT8", "INT16", "INT32", "INT64", "FP16", "BF16", "FP32", "FP64", "BYTES"]);
        foreach (var type in Enum.GetValues<TensorDataType>())
        {
            TensorDataTypes.TryParse(TensorDataTypes.NameOf(type), out var parsed).ShouldBeTrue();
            parsed.ShouldBe(type);
        }

        TensorDataTypes.TryParse("fp32", out _).ShouldBeFalse();
    }
}
