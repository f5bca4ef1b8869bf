namespace Serve.Onnx.Tests;

public sealed class WarmUpTests
{
    [Theory]
    [InlineData("types")]
    [InlineData("text-in")]
    [InlineData("bfloat16")]
    [InlineData("squares")]
    public void WarmUp_NothingOrRandomGiven_RunsWithAllTypes(string name)
    {
        using var model = TestModels.Load(name);

        model.WarmUp();
        model.WarmUp(new OnnxWarmUp { Count = 2, Inputs = model.Inputs.ToDictionary(input => input.Name, _ => new OnnxSample { Kind = OnnxSampleKind.Random }) });
    }

    [Fact]
    public void WarmUp_DataOfTheRightSize_Runs()
    {
        using var model = TestModels.Load("squares");

        model.WarmUp(new OnnxWarmUp { Inputs = new Dictionary<string, OnnxSample> { ["a"] = new() { Kind = OnnxSampleKind.Data, Shape = [2, 4], Data = new byte[32] } } });
    }

    [Fact]
    public void WarmUp_DataOfAnotherSize_NamesBoth()
    {
        using var model = TestModels.Load("squares");
        var warmUp = new OnnxWarmUp { Name = "sample 'one'", Inputs = new Dictionary<string, OnnxSample> { ["a"] = new() { Kind = OnnxSampleKind.Data, Shape = [2, 4], Data = new byte[31] } } };

        Should.Throw<OnnxModelException>(() => model.WarmUp(warmUp)).Message
            .ShouldBe($"The model '{model.Path}' failed its sample 'one': input 'a' was given 31 bytes, which are no FP32 [2, 4]");
    }

    [Fact]
    public void WarmUp_InputThatIsNone_NamesIt()
    {
        using var model = TestModels.Load("squares");

        Should.Throw<OnnxModelException>(() => model.WarmUp(new OnnxWarmUp { Inputs = new Dictionary<string, OnnxSample> { ["b"] = new() } })).Message.ShouldContain("it has no input 'b'; its inputs are 'a'");
    }

    [Fact]
    public void WarmUp_ShapeThatTheModelDoesNotTake_Fails()
    {
        using var model = TestModels.Load("squares");

        Should.Throw<OnnxModelException>(() => model.WarmUp(new OnnxWarmUp { Inputs = new Dictionary<string, OnnxSample> { ["a"] = new() { Shape = [1, 5] } } })).Message
            .ShouldContain("takes 'a' as float [-1, 4] (-1 takes any size), but was given float [1, 5]");
    }

    [Fact]
    public async Task WarmUp_Cancelled_Stops()
    {
        using var model = TestModels.Load("count");
        using var cancellation = new CancellationTokenSource(TimeSpan.FromMilliseconds(50));
        var endless = new OnnxWarmUp { Inputs = new Dictionary<string, OnnxSample> { ["count"] = new() { Kind = OnnxSampleKind.Data, Data = BitConverter.GetBytes(long.MaxValue) } } };

        await Should.ThrowAsync<OperationCanceledException>(Task.Run(() => model.WarmUp(endless, cancellation.Token)).WaitAsync(TimeSpan.FromSeconds(30)));
    }
}
