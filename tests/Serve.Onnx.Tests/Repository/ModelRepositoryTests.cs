using System.Security.Cryptography;

namespace Serve.Onnx.Tests.Repository;

public sealed class ModelRepositoryTests
{
    private static float Square(ModelUse use, float value)
    {
        using var input = TensorBuffer.Copy<float>(TensorDataType.Float32, [value, 0, 0, 0], 1, 4);
        using var outputs = use.Model.Instances[0].Model.RunInPlace([OnnxValue.Create("a", input)]);
        return outputs["squared"].AsSpan<float>()[0];
    }

    [Fact]
    public async Task Open_AFile_IsAModelWithVersionOne()
    {
        await using var repository = await ModelRepository.OpenAsync(new ModelRepositoryOptions { Location = TestModels.PathOf("squares") });

        using var use = repository.Use("squares");

        use.Model.Version.ShouldBe(1);
        Square(use, 3).ShouldBe(9);
        repository.Index().ShouldBe([new ModelIndexEntry("squares", 1, ModelState.Ready)]);
    }

    [Fact]
    public async Task Open_ARepository_LoadsTheNewestOfEachModel()
    {
        await using var fixture = new RepositoryFixture();
        fixture.Put("squares/1/model.onnx", "squares");
        fixture.Put("squares/12/model.onnx", "squares");
        fixture.Put("squares/notes/model.onnx", "add");
        fixture.Put("squares/03/model.onnx", "add");
        fixture.Put("flat/model.onnx", "add");
        fixture.Put("alone.onnx", "count");
        fixture.Write(".hidden/1/model.onnx", "nothing");
        fixture.Write("readme.txt", "nothing");

        await fixture.OpenAsync();

        fixture.Index().ShouldBe("alone:1 Ready; flat:1 Ready; squares:12 Ready");
    }

    [Fact]
    public async Task Open_TheFolderOfOneModel_ServesIt()
    {
        await using var fixture = new RepositoryFixture();
        fixture.Put("squares/2/model.onnx", "squares");

        await fixture.OpenAsync(change: options => options with { Location = fixture.PathOf("squares") });

        fixture.Index().ShouldBe("squares:2 Ready");
    }

    [Fact]
    public async Task Open_WeightsInFilesBeside_AFolderNamedAsTheModel()
    {
        await using var fixture = new RepositoryFixture();
        fixture.Put("squares/1/model.onnx/model.onnx", "squares");

        await fixture.OpenAsync();

        fixture.Index().ShouldBe("squares:1 Ready");
    }

    [Fact]
    public async Task Open_PlaceThatIsNone_NamesIt()
    {
        var missing = new ModelRepositoryOptions { Location = "/no/such/place" };
        (await Should.ThrowAsync<OnnxModelException>(ModelRepository.OpenAsync(missing))).Message.ShouldContain("'/no/such/place' don't exist");
        var text = new ModelRepositoryOptions { Location = typeof(ModelRepositoryTests).Assembly.Location };
        (await Should.ThrowAsync<OnnxModelException>(ModelRepository.OpenAsync(text))).Message.ShouldContain("must end with .onnx");
    }

    [Fact]
    public async Task Open_AModelThatFails_LeavesTheOthersAndSaysWhy()
    {
        await using var fixture = new RepositoryFixture();
        fixture.Put("squares/1/model.onnx", "squares");
        fixture.Write("broken/1/model.onnx", "this is no model");
        fixture.Write("empty/readme.txt", "nothing");
        fixture.Put("renamed/1/weights.onnx", "add");
        fixture.Put("odd/1/model.onnx", "add");
        fixture.Write("odd/config.pbtxt", "sequence_batching { }");

        await fixture.OpenAsync();

        var reasons = fixture.Repository.Index().Where(entry => entry.State == ModelState.Unavailable).ToDictionary(entry => entry.Name, entry => entry.Reason);
        reasons.Keys.ShouldBe(["broken", "empty", "odd", "renamed"]);
        reasons["broken"].ShouldContain("broken/1/model.onnx");
        reasons["empty"].ShouldContain("has no version");
        reasons["odd"].ShouldContain("'sequence_batching' is not supported");
        reasons["renamed"].ShouldContain("There is weights.onnx: rename it, or name it in 'default_model_filename'");
        Should.Throw<ServeException>(() => fixture.Repository.Use("odd")).ShouldSatisfyAllConditions(
            exception => exception.Error.ShouldBe(ServeError.Unavailable),
            exception => exception.Message.ShouldContain("The model 'odd' is not ready: version 1 is unavailable ("));
        fixture.Repository.Index(readyOnly: true).Select(entry => entry.Name).ShouldBe(["squares"]);
    }

    [Fact]
    public async Task Use_NamesThatAreNone_AreRefusedEachInItsWay()
    {
        await using var fixture = new RepositoryFixture();
        fixture.Put("squares/1/model.onnx", "squares");
        fixture.Put("squares/2/model.onnx", "squares");
        await fixture.OpenAsync();

        ErrorOf("cubes").ShouldBe((ServeError.NoRoute, "There is no model 'cubes'."));
        ErrorOf("../squares").ShouldBe((ServeError.NoRoute, "There is no model '../squares'."));
        ErrorOf("squares", "1").ShouldBe((ServeError.NoRoute, "The model 'squares' has no version 1."));
        ErrorOf("squares", "-1").ShouldBe((ServeError.BadRequest, "The version '-1' of the model 'squares' is not a number."));
        ErrorOf("squares", "99999999999999999999").Error.ShouldBe(ServeError.BadRequest);
        using var use = fixture.Repository.Use("squares", "2");
        use.Model.Version.ShouldBe(2);

        (ServeError Error, string Message) ErrorOf(string name, string? version = null)
        {
            var exception = Should.Throw<ServeException>(() => fixture.Repository.Use(name, version));
            return (exception.Error, exception.Message);
        }
    }

    [Fact]
    public async Task Open_WithAConfiguration_GoesByIt()
    {
        await using var fixture = new RepositoryFixture();
        fixture.Put("squares/1/net.onnx", "squares");
        fixture.Put("squares/2/net.onnx", "squares");
        fixture.Put("squares/3/net.onnx", "squares");
        fixture.Write("squares/labels/names.txt", "one\ntwo\n");
        fixture.Write("squares/warmup/sample", new string('\0', 32));
        fixture.Write("squares/config.pbtxt", """
            default_model_filename: "net.onnx" max_batch_size: 8 version_policy { specific { versions: [1, 3] } }
            output { name: "squared" data_type: TYPE_FP32 dims: 4 label_filename: "labels/names.txt" }
            instance_group { count: 3 }
            model_warmup { name: "two" batch_size: 2 inputs { key: "a" value { data_type: TYPE_FP32 dims: 4 input_data_file: "sample" } } }
            """);

        await fixture.OpenAsync();

        fixture.Index().ShouldBe("squares:1 Ready; squares:3 Ready");
        using var use = fixture.Repository.Use("squares");
        use.Model.Version.ShouldBe(3);
        use.Model.LabelsOf("squared").ShouldBe(["one", "two"]);
        use.Model.LabelsOf("other").ShouldBeEmpty();
        use.Model.Instances.ShouldHaveSingleItem().Group.Count.ShouldBe(3);
        use.Model.MemoryBytes.ShouldBeGreaterThan(0);
    }

    [Theory]
    [InlineData("default_model_filename: \"../../secret.onnx\"")]
    [InlineData("default_model_filename: \"/etc/passwd\"")]
    [InlineData("default_model_filename: \"a/../../x\"")]
    [InlineData("default_model_filename: \"a\\\\b\"")]
    [InlineData("default_model_filename: \"\"")]
    [InlineData("default_model_filename: \"a\\000b\"")]
    [InlineData("output { name: \"squared\" data_type: TYPE_FP32 dims: 4 label_filename: \"../labels.txt\" } max_batch_size: 1")]
    [InlineData("model_warmup { name: \"w\" inputs { key: \"a\" value { data_type: TYPE_FP32 dims: 4 input_data_file: \"../../x\" } } } max_batch_size: 1")]
    [InlineData("model_repository_agents { agents { name: \"checksum\" parameters { key: \"MD5:../x\" value: \"0\" } } }")]
    public async Task Open_ConfigurationThatLeadsOut_IsRefused(string config)
    {
        await using var fixture = new RepositoryFixture();
        fixture.Put("squares/1/model.onnx", "squares");
        fixture.Write("squares/config.pbtxt", config);

        await fixture.OpenAsync();

        fixture.Repository.Index().ShouldHaveSingleItem().Reason.ShouldContain("it must be a plain path in");
    }

    [Fact]
    public async Task Open_FileThatIsALinkOutOfTheModel_IsRefused()
    {
        await using var fixture = new RepositoryFixture();
        fixture.Put("elsewhere.onnx", "squares");
        fixture.Put("models/inside/1/real.onnx", "squares");
        Directory.CreateDirectory(fixture.PathOf("models/outside/1"));
        File.CreateSymbolicLink(fixture.PathOf("models/outside/1/model.onnx"), fixture.PathOf("elsewhere.onnx"));
        File.CreateSymbolicLink(fixture.PathOf("models/inside/1/model.onnx"), "real.onnx");

        await fixture.OpenAsync(change: options => options with { Location = fixture.PathOf("models") });

        fixture.Repository.Index().Select(entry => entry.State).ShouldBe([ModelState.Ready, ModelState.Unavailable]);
        fixture.Repository.Index()[1].Reason.ShouldContain("leads out of");
    }

    [Fact]
    public async Task Open_ChecksumsInTheConfiguration_AreCompared()
    {
        await using var fixture = new RepositoryFixture();
        var hash = Convert.ToHexString(SHA256.HashData(await File.ReadAllBytesAsync(TestModels.PathOf("squares"))));
        fixture.Put("good/1/model.onnx", "squares");
        fixture.Put("bad/1/model.onnx", "add");
        foreach (var name in new[] { "good", "bad" })
            fixture.Write($"{name}/config.pbtxt", $"model_repository_agents {{ agents [ {{ name: \"checksum\" parameters {{ key: \"SHA256:1/model.onnx\" value: \"{hash}\" }} }} ] }}");

        await fixture.OpenAsync();

        fixture.Repository.Index().Select(entry => (entry.Name, entry.State)).ShouldBe([("bad", ModelState.Unavailable), ("good", ModelState.Ready)]);
        fixture.Repository.Index()[0].Reason.ShouldContain("it is damaged, or not the one that was meant");
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
}
