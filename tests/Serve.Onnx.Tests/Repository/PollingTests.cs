using Serve.Testing;

namespace Serve.Onnx.Tests.Repository;

public sealed class PollingTests
{
    private static async Task LookTwiceAsync(RepositoryFixture fixture)
    {
        await fixture.Repository.PollAsync(CancellationToken.None);
        await fixture.Repository.PollAsync(CancellationToken.None);
    }

    [Fact]
    public async Task Poll_NewModelsAndVersions_AreServedOnceTheyStandStill()
    {
        await using var fixture = new RepositoryFixture();
        fixture.Put("squares/1/model.onnx", "squares");
        await fixture.OpenAsync(ModelControl.Poll);
        fixture.Put("squares/2/model.onnx", "squares");
        fixture.Put("added.onnx", "add");

        await fixture.Repository.PollAsync(CancellationToken.None);
        fixture.Index().ShouldBe("added: ; squares:1 Ready");
        await fixture.Repository.PollAsync(CancellationToken.None);

        fixture.Index().ShouldBe("added:1 Ready; squares:1 Unavailable (8 characters); squares:2 Ready");
    }

    [Fact]
    public async Task Poll_ModelThatIsGone_IsUnloaded()
    {
        await using var fixture = new RepositoryFixture();
        fixture.Put("squares/1/model.onnx", "squares");
        fixture.Put("add/1/model.onnx", "add");
        await fixture.OpenAsync(ModelControl.Poll);
        Directory.Delete(fixture.PathOf("add"), recursive: true);

        await fixture.Repository.PollAsync(CancellationToken.None);

        fixture.Index().ShouldBe("squares:1 Ready");
        Should.Throw<ServeException>(() => fixture.Repository.Use("add")).Error.ShouldBe(ServeError.NoRoute);
    }

    [Fact]
    public async Task Poll_ConfigurationChanged_IsTakenUp()
    {
        await using var fixture = new RepositoryFixture();
        fixture.Put("squares/1/model.onnx", "squares");
        await fixture.OpenAsync(ModelControl.Poll);
        fixture.Write("squares/config.pbtxt", "max_batch_size: 32");

        await LookTwiceAsync(fixture);

        using var use = fixture.Repository.Use("squares");
        use.Model.Config.MaxBatchSize.ShouldBe(32);
    }

    [Fact]
    public async Task Poll_ChangeThatFails_LeavesWhatServesAndIsTriedOnce()
    {
        await using var fixture = new RepositoryFixture();
        fixture.Put("squares/1/model.onnx", "squares");
        await fixture.OpenAsync(ModelControl.Poll);
        fixture.Write("squares/config.pbtxt", "max_batch_size: nonsense");

        await LookTwiceAsync(fixture);

        fixture.Index().ShouldStartWith("squares:1 Ready (");
        fixture.Repository.Index()[0].Reason.ShouldContain("'max_batch_size' is the word nonsense");
        using (var use = fixture.Repository.Use("squares"))
            use.Model.Config.MaxBatchSize.ShouldBe(4);
        fixture.Write("squares/config.pbtxt", "max_batch_size: 2");
        await LookTwiceAsync(fixture);
        fixture.Index().ShouldBe("squares:1 Ready");
    }

    [Fact]
    public async Task Poll_ByTheClock_HappensByItself()
    {
        await using var fixture = new RepositoryFixture();
        fixture.Put("squares/1/model.onnx", "squares");
        await fixture.OpenAsync(ModelControl.Poll, options => options with { PollInterval = TimeSpan.FromSeconds(1) });
        fixture.Put("added.onnx", "add");

        await Eventually.TrueAsync(() =>
        {
            fixture.Clock.Advance(TimeSpan.FromSeconds(1));
            return fixture.Index() == "added:1 Ready; squares:1 Ready";
        });
    }
}
