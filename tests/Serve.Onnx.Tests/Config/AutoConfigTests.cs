using Serve.Onnx.Config;

namespace Serve.Onnx.Tests.Config;

public sealed class AutoConfigTests
{
    private static ModelConfig Complete(string model, string text = "", int usualBatchSize = 4)
    {
        using var loaded = TestModels.Load(model);
        return AutoConfig.Complete(ModelConfigReader.Read(text, "config.pbtxt"), loaded, model, usualBatchSize);
    }

    private static string Describe(IEnumerable<ModelTensor> tensors) => string.Join(", ", tensors.Select(tensor => $"{tensor.Name} {TensorDataTypes.NameOf(tensor.DataType)} [{string.Join(',', tensor.Dims)}]"));

    [Fact]
    public void Complete_ModelWithABatchDimension_GetsBatches()
    {
        var config = Complete("squares");

        config.Name.ShouldBe("squares");
        config.MaxBatchSize.ShouldBe(4);
        config.Batching.ShouldNotBeNull();
        Describe(config.Inputs).ShouldBe("a FP32 [4]");
        Describe(config.Outputs).ShouldBe("squared FP32 [4]");
    }

    [Fact]
    public void Complete_ModelWithoutOne_HasWholeShapes()
    {
        var config = Complete("count");

        config.MaxBatchSize.ShouldBe(0);
        config.Batching.ShouldBeNull();
        Describe(config.Inputs).ShouldBe("count INT64 []");
    }

    [Fact]
    public void Complete_SizeDeclared_TakesItWithoutBatchesByItself()
    {
        var config = Complete("squares", "max_batch_size: 16");

        config.MaxBatchSize.ShouldBe(16);
        config.Batching.ShouldBeNull();
    }

    [Theory]
    [InlineData("max_batch_size: 0")]
    [InlineData("input { name: \"a\" data_type: TYPE_FP32 dims: [-1, 4] }")]
    public void Complete_WholeShapesDeclared_HasNoBatches(string text) => Complete("squares", text).MaxBatchSize.ShouldBe(0);

    [Fact]
    public void Complete_SomeOutputsDeclared_ServesThese() =>
        Describe(Complete("text-out", "output { name: \"label\" data_type: TYPE_STRING dims: -1 } max_batch_size: 0").Outputs).ShouldBe("label BYTES [-1]");

    [Theory]
    [InlineData("squares", "name: \"cubes\"", "calls itself \"cubes\" in its configuration; it must be the name of its folder, \"squares\"")]
    [InlineData("count", "max_batch_size: 2", "no batch dimension: 'count' is int64 []. Set it to 0")]
    [InlineData("count", "dynamic_batching { }", "has 'dynamic_batching', but no batch dimension: 'count' is int64 []")]
    [InlineData("squares", "max_batch_size: 2 dynamic_batching { preferred_batch_size: 4 }", "has a 'preferred_batch_size' of 4, which is more than its 'max_batch_size' of 2")]
    [InlineData("squares", "input { name: \"b\" data_type: TYPE_FP32 dims: 4 }", "has no input 'b', which its configuration names; its inputs are 'a'")]
    [InlineData("squares", "max_batch_size: 1 input { name: \"a\" data_type: TYPE_FP64 dims: 4 }", "has the input 'a' as FP32 [4] after the batch dimension; its configuration says FP64 [4]")]
    [InlineData("squares", "max_batch_size: 1 output { name: \"squared\" data_type: TYPE_FP32 dims: 5 }", "has the output 'squared' as FP32 [4] after the batch dimension; its configuration says FP32 [5]")]
    [InlineData("add", "max_batch_size: 1 input { name: \"left\" data_type: TYPE_FP32 dims: 3 }", "takes 'right', which its configuration doesn't name: name all inputs or none")]
    public void Complete_Contradictions_SayBoth(string model, string text, string expected) =>
        Should.Throw<OnnxModelException>(() => Complete(model, text)).Message.ShouldContain(expected);
}
