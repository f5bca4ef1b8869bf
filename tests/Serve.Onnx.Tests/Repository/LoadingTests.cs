namespace Serve.Onnx.Tests.Repository;

public sealed class LoadingTests
{
    private static async Task<ModelReplacement> WithWeightsAsync(string model) => new()
    {
        Config = "{}",
        Files = new Dictionary<string, ReadOnlyMemory<byte>> { ["1/model.onnx"] = await File.ReadAllBytesAsync(TestModels.PathOf(model)), ["1/weight.bin"] = new byte[16] },
    };

    private static float Square(ModelUse use, float value)
    {
        using var input = TensorBuffer.Copy<float>(TensorDataType.Float32, [value, 0, 0, 0], 1, 4);
        using var outputs = use.Model.Instances[0].Model.RunInPlace([OnnxValue.Create("a", input)]);
        return outputs["squared"].AsSpan<float>()[0];
    }

    [Fact]
    public async Task Load_UnderExplicitControl_LoadsAndUnloadsByName()
    {
        await using var fixture = new RepositoryFixture();
        fixture.Put("squares/1/model.onnx", "squares");
        fixture.Write("broken/1/model.onnx", "this is no model");
        var repository = await fixture.OpenAsync(ModelControl.Explicit);
        fixture.Index().ShouldBe("broken: ; squares: ");
        Should.Throw<DeploymentUnavailableException>(() => repository.Use("squares")).Message.ShouldBe("The model 'squares' is not ready: it has not been loaded.");

        await repository.LoadAsync("squares");
        fixture.Index().ShouldBe("broken: ; squares:1 Ready");
        var use = repository.Use("squares");
        await repository.UnloadAsync("squares");

        fixture.Index().ShouldBe("broken: ; squares:1 Unloading");
        Should.Throw<DeploymentUnavailableException>(() => repository.Use("squares"));
        Square(use, 3).ShouldBe(9);
        use.Dispose();
        fixture.Index().ShouldBe("broken: ; squares:1 Unavailable (8 characters)");
        await repository.LoadAsync("squares");
        fixture.Index().ShouldBe("broken: ; squares:1 Ready");
        (await Should.ThrowAsync<ServeException>(repository.LoadAsync("broken"))).Message.ShouldContain("The model 'broken' can't be loaded: ");
        (await Should.ThrowAsync<ServeException>(repository.LoadAsync("../squares"))).Error.ShouldBe(ServeError.NoRoute);
        (await Should.ThrowAsync<ServeException>(repository.UnloadAsync("nothing"))).Error.ShouldBe(ServeError.NoRoute);
    }

    [Fact]
    public async Task Load_UnderOtherControl_IsRefused()
    {
        await using var fixture = new RepositoryFixture();
        fixture.Put("squares/1/model.onnx", "squares");
        var repository = await fixture.OpenAsync();

        (await Should.ThrowAsync<DeploymentUnavailableException>(repository.LoadAsync("squares"))).Message.ShouldContain("the repository's control is 'Fixed', not 'Explicit'");
        await Should.ThrowAsync<DeploymentUnavailableException>(repository.UnloadAsync("squares"));
    }

    [Fact]
    public async Task Load_NewVersionThatFails_LeavesTheOldOne()
    {
        await using var fixture = new RepositoryFixture();
        fixture.Put("squares/1/model.onnx", "squares");
        var repository = await fixture.OpenAsync(ModelControl.Explicit);
        await repository.LoadAsync("squares");
        fixture.Write("squares/2/model.onnx", "this is no model");

        await Should.ThrowAsync<ServeException>(repository.LoadAsync("squares"));

        using (var use = repository.Use("squares"))
            use.Model.Version.ShouldBe(1);
        repository.Index().Select(entry => (entry.Version, entry.State)).ShouldBe([(1, ModelState.Ready), (2, ModelState.Unavailable)]);
        fixture.Put("squares/2/model.onnx", "squares");
        await repository.LoadAsync("squares");
        using var newest = repository.Use("squares");
        newest.Model.Version.ShouldBe(2);
        repository.Index().Select(entry => (entry.Version, entry.State)).ShouldBe([(1, ModelState.Unavailable), (2, ModelState.Ready)]);
    }

    [Theory]
    [InlineData("", true)]
    [InlineData("model_warmup { name: \"own\" inputs { key: \"divisor\" value { data_type: TYPE_INT64 dims: 1 zero_data: true } } }", false)]
    public async Task Load_ZerosAreNoInputForIt_FailsOnlyIfTheyWereAskedFor(string config, bool serves)
    {
        await using var fixture = new RepositoryFixture();
        fixture.Put("quotient/1/model.onnx", "quotient");
        fixture.Write("quotient/config.pbtxt", config);

        var repository = await fixture.OpenAsync();

        repository.Index().ShouldHaveSingleItem().State.ShouldBe(serves ? ModelState.Ready : ModelState.Unavailable);
    }

    [Theory]
    [InlineData(true, "the load was cancelled")]
    [InlineData(false, "something else")]
    public async Task Load_InterruptedAtItsSecondVersion_LeavesNoneHalfLoaded(bool isCancelled, string reason)
    {
        await using var fixture = new RepositoryFixture();
        fixture.Put("squares/1/model.onnx", "squares");
        fixture.Put("squares/2/model.onnx", "squares");
        fixture.Write("squares/config.pbtxt", "version_policy { all {} }");
        using var cancellation = new CancellationTokenSource();
        var clock = new InterruptedLoads(() =>
        {
            if (!isCancelled)
                throw new InvalidOperationException(reason);
            cancellation.Cancel();
        });
        await using var repository = await ModelRepository.OpenAsync(new ModelRepositoryOptions { Location = fixture.Root, Control = ModelControl.Explicit }, clock);

        await Should.ThrowAsync<Exception>(repository.LoadAsync("squares", cancellation.Token));

        repository.Index().ShouldAllBe(entry => entry.State == ModelState.Unavailable && entry.Reason == reason);
        Should.Throw<DeploymentUnavailableException>(() => repository.Use("squares"));
        await repository.LoadAsync("squares", CancellationToken.None);
        repository.Index().Select(entry => (entry.Version, entry.State)).ShouldBe([(1, ModelState.Ready), (2, ModelState.Ready)]);
    }

    [Fact]
    public async Task Load_TwoGroupsOnOneDevice_HaveTheMemoryOfOneSession()
    {
        await using var fixture = new RepositoryFixture();
        fixture.Put("squares/1/model.onnx", "squares");
        fixture.Write("squares/config.pbtxt", "instance_group [{ count: 1 kind: KIND_CPU }, { count: 2 kind: KIND_CPU }]");
        var repository = await fixture.OpenAsync();

        using var use = repository.Use("squares");

        use.Model.Instances.Count.ShouldBe(2);
        use.Model.MemoryBytes.ShouldBe(use.Model.Instances[0].Model.MemoryBytes);
    }

    [Fact]
    public async Task Load_NothingChanged_KeepsWhatIsLoaded()
    {
        await using var fixture = new RepositoryFixture();
        fixture.Put("squares/1/model.onnx", "squares");
        var repository = await fixture.OpenAsync(ModelControl.Explicit);
        await repository.LoadAsync("squares");
        using var before = repository.Use("squares");

        await repository.LoadAsync("squares");
        using var same = repository.Use("squares");
        File.SetLastWriteTimeUtc(fixture.PathOf("squares/1/model.onnx"), new DateTime(2030, 1, 1, 0, 0, 0, DateTimeKind.Utc));
        await repository.LoadAsync("squares");
        using var other = repository.Use("squares");

        (same == before).ShouldBeTrue();
        (other == before).ShouldBeFalse();
    }

    [Fact]
    public async Task Use_WhileModelsAreReplaced_AlwaysRuns()
    {
        await using var fixture = new RepositoryFixture();
        fixture.Put("squares/1/model.onnx", "squares");
        var repository = await fixture.OpenAsync(ModelControl.Explicit);
        await repository.LoadAsync("squares");
        using var stop = new CancellationTokenSource();
        var requests = Enumerable.Range(0, 4).Select(_ => Task.Run(() =>
        {
            var count = 0;
            for (; !stop.IsCancellationRequested; count++)
            {
                using var use = repository.Use("squares");
                Square(use, 3).ShouldBe(9);
            }

            return count;
        })).ToArray();

        for (var i = 0; i < 20; i++)
        {
            File.SetLastWriteTimeUtc(fixture.PathOf("squares/1/model.onnx"), new DateTime(2030, 1, 1, 0, i, 0, DateTimeKind.Utc));
            await repository.LoadAsync("squares");
        }

        await stop.CancelAsync();
        (await Task.WhenAll(requests)).Sum().ShouldBeGreaterThan(0);
    }

    [Theory]
    [InlineData("max_batch_size: 7 instance_group { count: 2 }")]
    [InlineData("""{ "maxBatchSize": "7", "name": "squares", "instance_group": [{ "count": 2, "kind": "KIND_CPU" }], "parameters": { "execution_mode": { "string_value": "0" } }, "input": null }""")]
    public async Task Load_WithAConfigurationOfTheRequest_GoesByItUntilTheNextLoad(string config)
    {
        await using var fixture = new RepositoryFixture();
        fixture.Put("squares/1/model.onnx", "squares");
        var repository = await fixture.OpenAsync(ModelControl.Explicit);

        await repository.LoadAsync("squares", new ModelReplacement { Config = config });

        using (var use = repository.Use("squares"))
        {
            use.Model.Config.MaxBatchSize.ShouldBe(7);
            use.Model.Instances[0].Group.Count.ShouldBe(2);
        }

        await repository.LoadAsync("squares");
        using var again = repository.Use("squares");
        again.Model.Config.MaxBatchSize.ShouldBe(4);
    }

    [Fact]
    public async Task Load_WithFilesOfTheRequest_LeavesNothingOnTheDisk()
    {
        await using var fixture = new RepositoryFixture();
        var repository = await fixture.OpenAsync(ModelControl.Explicit);
        var files = new Dictionary<string, ReadOnlyMemory<byte>> { ["3/model.onnx"] = await File.ReadAllBytesAsync(TestModels.PathOf("squares")) };

        await repository.LoadAsync("sent", new ModelReplacement { Config = "{}", Files = files });

        using var use = repository.Use("sent", "3");
        Square(use, 3).ShouldBe(9);
        Directory.EnumerateFileSystemEntries(fixture.Root).ShouldBeEmpty();
    }

    [Fact]
    public async Task Load_WithWeightsOfTheRequest_ReadsThem()
    {
        await using var fixture = new RepositoryFixture();
        var repository = await fixture.OpenAsync(ModelControl.Explicit);

        await repository.LoadAsync("sent", await WithWeightsAsync("weight-beside"));

        using var use = repository.Use("sent");
        use.Model.Version.ShouldBe(1);
    }

    [Theory]
    [InlineData("weight-above")]
    [InlineData("weight-absolute")]
    [InlineData("weight-in-node")]
    public async Task Load_WeightsOutsideOfTheRequest_AreNotRead(string model)
    {
        // Where the models' paths lead, from the folder of a request's files.
        var outside = Path.Combine(Path.GetTempPath(), "serve-tests-weight.bin");
        await File.WriteAllBytesAsync(outside, new byte[16]);
        try
        {
            await using var fixture = new RepositoryFixture();
            var repository = await fixture.OpenAsync(ModelControl.Explicit);

            var exception = await Should.ThrowAsync<ServeException>(async () => await repository.LoadAsync("sent", await WithWeightsAsync(model)));

            exception.Error.ShouldBe(ServeError.BadRequest);
            exception.Message.ShouldContain("External data path validation failed for initializer: weight");
        }
        finally
        {
            File.Delete(outside);
        }
    }

    [Theory]
    [InlineData("sent", "../model.onnx", "{}", "it must be a plain path in")]
    [InlineData("sent", "1/../../model.onnx", "{}", "it must be a plain path in")]
    [InlineData("sent", "/etc/model.onnx", "{}", "it must be a plain path in")]
    [InlineData("../sent", "1/model.onnx", "{}", "can't be the name of a model")]
    [InlineData("sent", "1/model.onnx", null, "without a configuration")]
    [InlineData("sent", "1/model.onnx", "{ \"max_batch_size\": ", "can't be used: JSON: ")]
    [InlineData("sent", "1/model.onnx", "{ \"max_batch_size\": [[1]] }", "can't be used: JSON: there is array in a list")]
    [InlineData("sent", "1/model.onnx", "{ \"max_batchsize\": 1 }", "'max_batchsize' is unknown; did you mean 'max_batch_size'?")]
    [InlineData("sent", "1/model.onnx", "{ \"default_model_filename\": \"../x\" }", "it must be a plain path in")]
    [InlineData("sent", "readme.txt", "{}", "has no version")]
    public async Task Load_RequestThatIsWrong_SaysHow(string name, string path, string? config, string expected)
    {
        await using var fixture = new RepositoryFixture();
        var repository = await fixture.OpenAsync(ModelControl.Explicit);
        var files = new Dictionary<string, ReadOnlyMemory<byte>> { [path] = await File.ReadAllBytesAsync(TestModels.PathOf("squares")) };

        var exception = await Should.ThrowAsync<ServeException>(repository.LoadAsync(name, new ModelReplacement { Config = config, Files = files }));

        exception.Error.ShouldBe(ServeError.BadRequest);
        exception.Message.ShouldContain(expected);
        repository.Index().ShouldBeEmpty();
    }
}
