using Serve.OpenInference;
using Serve.Testing;

namespace Serve.Onnx.Tests.ModelServer;

/// <summary>The model server as the endpoints see it: models of its own repository and models that are deployments are one server.</summary>
public sealed class ModelServerTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Infer_OfBothKindsOfModels_GivesTheirAnswers()
    {
        await using var program = await ModelProgram.StartAsync(
            ("model_repository", Repository("squares")), ("models:adder:path", TestModels.PathOf("add")), ("models:adder:config:max_batch_size", "8"));
        using var squares = await program.Server.InferAsync(Squares(3), CancellationToken.None);
        squares.Version.ShouldBe("1");
        squares.Outputs[0].Name.ShouldBe("squared");
        squares.Outputs[0].Tensor.AsSpan<float>().ToArray().ShouldBe([9, 9, 9, 9]);

        using var sum = await program.Server.InferAsync(Add(1, 2), CancellationToken.None);
        sum.Model.ShouldBe("adder");
        sum.Outputs[0].Tensor.AsSpan<float>().ToArray().ShouldBe([3, 3, 3]);
    }

    [Fact]
    public async Task Describe_OfBothKindsOfModels_HasTheirNamesAndShapes()
    {
        await using var program = await ModelProgram.StartAsync(("model_repository", Repository("squares")), ("models:adder:path", TestModels.PathOf("add")));
        var squares = await program.Server.DescribeAsync("squares", null, CancellationToken.None);
        squares.Inputs.ShouldHaveSingleItem().Shape.ShouldBe([-1, 4]);
        var adder = await program.Server.DescribeAsync("adder", "1", CancellationToken.None);
        (adder.Name, adder.Version, adder.Platform).ShouldBe(("adder", "1", "onnxruntime_onnx"));
        adder.Versions.ShouldBe(["1"]);
        adder.Inputs.Select(input => input.Name).ShouldBe(["left", "right"]);
        var config = await program.Server.GetConfigAsync("adder", null, CancellationToken.None);
        config["max_batch_size"]!.GetValue<int>().ShouldBe(4);
        (await program.Server.IsReadyAsync(CancellationToken.None)).ShouldBeTrue();
        (await program.Server.IsModelReadyAsync("adder", null, CancellationToken.None)).ShouldBeTrue();
    }

    [Theory]
    [InlineData("nobody", null, "There is no model 'nobody'")]
    [InlineData("adder", "7", "The model 'adder' has no version 7")]
    [InlineData("squares", "7", "The model 'squares' has no version 7")]
    public async Task Model_ThatThereIsNot_IsNoRoute(string model, string? version, string message)
    {
        await using var program = await ModelProgram.StartAsync(("model_repository", Repository("squares")), ("models:adder:path", TestModels.PathOf("add")));
        foreach (var ask in new Func<Task>[]
        {
            async () => await program.Server.DescribeAsync(model, version, CancellationToken.None),
            async () => await program.Server.IsModelReadyAsync(model, version, CancellationToken.None),
            async () => await program.Server.GetConfigAsync(model, version, CancellationToken.None),
            async () => await program.Server.GetStatisticsAsync(model, version, CancellationToken.None),
        })
        {
            var exception = await Should.ThrowAsync<ServeException>(ask);
            exception.Error.ShouldBe(ServeError.NoRoute);
            exception.Message.ShouldContain(message);
        }
    }

    [Fact]
    public async Task Infer_WrongInput_IsABadRequestOfTheModelsName()
    {
        await using var program = await ModelProgram.StartAsync(("models:adder:path", TestModels.PathOf("add")));
        using var request = new InferenceRequest { Model = "adder", Inputs = [new InferenceInput("left", Ones(1))] };
        var exception = await Should.ThrowAsync<ServeException>(() => program.Server.InferAsync(request, CancellationToken.None));
        exception.Error.ShouldBe(ServeError.BadRequest);
        exception.Message.ShouldContain("The model 'adder' needs input 'right'");
    }

    [Theory]
    [InlineData("priority", -1L)]
    [InlineData("timeout", "soon")]
    [InlineData("timeout", 1.5)]
    public async Task Infer_ParameterThatIsNoNumber_IsNamed(string name, object value)
    {
        await using var program = await ModelProgram.StartAsync(("model_repository", Repository("squares")));
        using var squares = Squares(1);
        using var request = new InferenceRequest { Model = "squares", Inputs = squares.Inputs, Parameters = new Dictionary<string, object>(StringComparer.Ordinal) { [name] = value } };
        (await Should.ThrowAsync<ServeException>(() => program.Server.InferAsync(request, CancellationToken.None))).Message.ShouldContain($"parameters.{name} is {value}");
    }

    [Fact]
    public async Task Infer_ThatIsCancelled_StopsTheEngineAndLeavesNothing()
    {
        await using var program = await ModelProgram.StartAsync(("models:count:path", TestModels.PathOf("count")));
        using var stop = new CancellationTokenSource();
        using (var request = Count(long.MaxValue))
        {
            var endless = program.Server.InferAsync(request, stop.Token);
            await Eventually.TrueAsync(async () => (await StatisticsAsync(program, "count")).Queue.Count >= 1);
            await stop.CancelAsync();
            await Should.ThrowAsync<OperationCanceledException>(() => endless);
        }

        // The one instance is free again.
        using var next = Count(5);
        using var answer = await program.Server.InferAsync(next, CancellationToken.None).WaitAsync(Eventually.Patience);
        answer.Outputs[0].Tensor.AsSpan<long>()[0].ShouldBe(5);
        // Noted after the instance is given back.
        await Eventually.TrueAsync(async () => (await StatisticsAsync(program, "count")).Fail.Count == 1);
    }

    [Fact]
    public async Task Infer_ThatIsCancelledBeforeItsBatchStarts_LeavesTheOthersOfIt()
    {
        await using var program = await ModelProgram.StartAsync(
            ("models:squares:path", TestModels.PathOf("squares")), ("models:squares:config:max_batch_size", "8"), ("models:squares:config:dynamic_batching:max_queue_delay_microseconds", "500000"));
        using var stop = new CancellationTokenSource();
        using var first = Squares(2);
        using var second = Squares(3);
        var cancelled = program.Server.InferAsync(first, stop.Token);
        var other = program.Server.InferAsync(second, CancellationToken.None);
        await stop.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(() => cancelled);
        using var answer = await other.WaitAsync(Eventually.Patience);
        answer.Outputs[0].Tensor.AsSpan<float>()[0].ShouldBe(9);
    }

    [Fact]
    public async Task Statistics_OfAllModels_AreInOneList()
    {
        await using var program = await ModelProgram.StartAsync(("models:adder:path", TestModels.PathOf("add")), ("model_repository", Repository("squares")));
        for (var i = 0; i < 3; i++)
            (await program.Server.InferAsync(Add(1, 2), CancellationToken.None)).Dispose();
        var all = await program.Server.GetStatisticsAsync(null, null, CancellationToken.None);
        all.Select(one => one.Name).ShouldBe(["adder", "squares"]);
        all[0].InferenceCount.ShouldBe(3);
        all[0].Success.Count.ShouldBe(3);
        all[1].InferenceCount.ShouldBe(0);
    }

    [Fact]
    public async Task Control_Explicit_LoadsAndUnloadsWhatIsInTheRepository()
    {
        await using var program = await ModelProgram.StartAsync(("model_repository", Repository("squares", "add")), ("model_control", "explicit"), ("models:count:path", TestModels.PathOf("count")));
        var control = program.Server.Control!;
        (await control.GetIndexAsync(readyOnly: true, CancellationToken.None)).Select(line => line.Name).ShouldBe(["count"]);
        (await Should.ThrowAsync<ServeException>(() => program.Server.InferAsync(Squares(1), CancellationToken.None))).Error.ShouldBe(ServeError.Unavailable);

        await control.LoadAsync(new ModelLoad("squares", Config: null, new Dictionary<string, ReadOnlyMemory<byte>>()), CancellationToken.None);
        (await program.Server.InferAsync(Squares(1), CancellationToken.None)).Dispose();
        (await control.GetIndexAsync(readyOnly: false, CancellationToken.None)).Select(line => $"{line.Name} {line.Version} {line.State}").ShouldBe(["add  ", "count 1 READY", "squares 1 READY"]);

        await control.UnloadAsync("squares", CancellationToken.None);
        (await Should.ThrowAsync<ServeException>(() => program.Server.InferAsync(Squares(1), CancellationToken.None))).Error.ShouldBe(ServeError.Unavailable);
        var refused = await Should.ThrowAsync<DeploymentUnavailableException>(() => control.UnloadAsync("count", CancellationToken.None));
        refused.Message.ShouldContain("The model 'count' is a deployment of its own");
    }

    [Fact]
    public async Task Control_WithoutExplicit_SaysWhatToSet()
    {
        await using var program = await ModelProgram.StartAsync(("model_repository", Repository("squares")));
        (await Should.ThrowAsync<ServeException>(() => program.Server.Control!.UnloadAsync("squares", CancellationToken.None))).Error.ShouldBe(ServeError.Unavailable);
    }

    [Theory]
    [InlineData("model_repository", "Models of")]
    [InlineData("models:a:path", "The model 'a' can't be served.")]
    public async Task Start_ModelThatCannotBeLoaded_FailsWithTheCause(string argument, string message)
    {
        var path = _folder.File("broken.onnx");
        await File.WriteAllTextAsync(path, "no model");
        var exception = await Should.ThrowAsync<InvalidOperationException>(() => ModelProgram.StartAsync((argument, path)));
        exception.Message.ShouldContain(message);
        exception.Message.ShouldContain("broken.onnx");
    }

    /// <summary>Instances without a device of their own run on that of the args, and are never moved to the CPU in silence.</summary>
    [NoCudaFact]
    public async Task Start_OnCudaThatThereIsNot_FailsAlsoWithAnInstanceGroup()
    {
        var exception = await Should.ThrowAsync<InvalidOperationException>(() => ModelProgram.StartAsync(
            ("models:squares:path", TestModels.PathOf("squares")), ("models:squares:config:instance_group:0:count", "2"), ("device", "cuda")));
        exception.Message.ShouldContain("CUDA");
    }

    [Fact]
    public async Task Start_OneNameTwice_IsRefused()
    {
        var exception = await Should.ThrowAsync<InvalidOperationException>(() => ModelProgram.StartAsync(("model_repository", Repository("add")), ("models:add:path", TestModels.PathOf("add"))));
        exception.Message.ShouldContain("The model 'add' is both in the model_repository");
    }

    [Fact]
    public async Task Start_FolderOfModelsAsOneModel_IsRefused()
    {
        var exception = await Should.ThrowAsync<OnnxModelException>(() => ModelProgram.StartAsync(("models:a:path", Repository("add", "squares"))));
        exception.Message.ShouldContain("There are 2 models");
    }

    private static async Task<InferenceStatistics> StatisticsAsync(ModelProgram program, string model) => (await program.Server.GetStatisticsAsync(model, null, CancellationToken.None)).Single();

    private static InferenceRequest Squares(float value) =>
        new() { Model = "squares", Inputs = [new InferenceInput("a", TensorBuffer.Copy<float>(TensorDataType.Float32, [value, value, value, value], 1, 4))] };

    private static InferenceRequest Add(float left, float right) => new() { Model = "adder", Inputs = [new InferenceInput("left", Ones(left)), new InferenceInput("right", Ones(right))] };

    private static InferenceRequest Count(long count) => new() { Model = "count", Inputs = [new InferenceInput("count", TensorBuffer.Copy<long>(TensorDataType.Int64, [count]))] };

    private static TensorBuffer Ones(float value) => TensorBuffer.Copy<float>(TensorDataType.Float32, [value, value, value], 1, 3);

    private string Repository(params string[] models)
    {
        var path = _folder.File("models");
        foreach (var model in models)
        {
            Directory.CreateDirectory(Path.Combine(path, model, "1"));
            File.Copy(TestModels.PathOf(model), Path.Combine(path, model, "1", "model.onnx"));
        }

        return path;
    }
}
