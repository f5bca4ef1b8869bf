namespace Serve.Tests.Core;

public sealed class TensorTests
{
    [Fact]
    public void Tensor_OverMemory_SharesItInRowMajorOrder()
    {
        var data = new float[] { 1, 2, 3, 4, 5, 6 };
        var tensor = new Tensor<float>(data, 2, 3);
        tensor.Span[4] = 50;
        data[4].ShouldBe(50);
        (tensor.Rank, tensor.Length).ShouldBe((2, 6));
        tensor.Shape.ToArray().ShouldBe([2, 3]);
        tensor.ToString().ShouldBe("Tensor<Single>[2, 3]");
    }

    [Fact]
    public void Tensor_OfAShape_IsZeros() => new Tensor<int>(2, 2).Span.ToArray().ShouldBe([0, 0, 0, 0]);

    [Fact]
    public void Tensor_WithoutDimensions_IsOneScalar()
    {
        var tensor = new Tensor<double>(new double[] { 7 });
        (tensor.Rank, tensor.Length, tensor.Span[0]).ShouldBe((0, 1, 7));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(3, 0)]
    [InlineData(0, 100_000, 100_000)]
    [InlineData(100_000, 100_000, 0)]
    public void Tensor_AnyDimensionZero_IsEmpty(params int[] shape) => new Tensor<float>(shape).Length.ShouldBe(0);

    [Fact]
    public void Tensor_OtherNumberOfElements_SaysBoth() =>
        Should.Throw<ArgumentException>(() => new Tensor<float>(new float[5], 2, 3)).Message.ShouldStartWith("A tensor of shape [2, 3] has 6 elements, but 5 were given.");

    [Theory]
    [InlineData("negative", 2, -1)]
    [InlineData("negative", 0, -1)]
    [InlineData("more than", 100_000, 100_000)]
    [InlineData("more than", int.MaxValue, int.MaxValue, int.MaxValue)]
    public void Tensor_ImpossibleShape_IsRefused(string word, params int[] shape) =>
        Should.Throw<ArgumentException>(() => new Tensor<byte>(shape)).Message.ShouldContain(word);

    [Fact]
    public void Tensor_ShapeGivenAsAnArray_IsCopied()
    {
        var shape = new[] { 2, 3 };
        var tensor = new Tensor<int>(shape);
        shape[0] = 9;
        tensor.Shape[0].ShouldBe(2);
    }

    [Fact]
    public void Reshape_SameNumberOfElements_SharesTheMemory()
    {
        var tensor = new Tensor<int>(2, 3);
        var flat = tensor.Reshape(6);
        flat.Span[5] = 1;
        tensor.Span[5].ShouldBe(1);
        flat.Shape.ToArray().ShouldBe([6]);
        Should.Throw<ArgumentException>(() => tensor.Reshape(7));
    }
}
