namespace Serve.Tests.Core.Errors;

public sealed class ServeExceptionTests
{
    [Theory]
    [InlineData(ServeError.BackPressure, typeof(BackPressureException))]
    [InlineData(ServeError.Unavailable, typeof(DeploymentUnavailableException))]
    [InlineData(ServeError.Timeout, typeof(RequestTimeoutException))]
    [InlineData(ServeError.ReplicaLost, typeof(ReplicaLostException))]
    [InlineData(ServeError.BadRequest, typeof(ServeException))]
    [InlineData(ServeError.Internal, typeof(ServeException))]
    public void Create_Error_HasTheTypeThatUsersCatch(ServeError error, Type type)
    {
        var exception = ServeException.Create(error, "what happened");
        exception.ShouldBeOfType(type);
        (exception.Error, exception.Message).ShouldBe((error, "what happened"));
    }

    [Fact]
    public void RemoteException_Text_HasBothStacks()
    {
        var exception = new RemoteException("Model", "System.ArgumentException", "too long", "   at Model.Run()");
        exception.Message.ShouldBe("Deployment 'Model' threw System.ArgumentException: too long");
        exception.ToString().ShouldEndWith($"--- remote stack ---{Environment.NewLine}   at Model.Run()");
        new RemoteException("Model", "X", "y", remoteStackTrace: null).ToString().ShouldNotContain("remote stack");
    }

    [Fact]
    public void RemoteException_Is_AsksForExactlyThatType()
    {
        var exception = new RemoteException("Model", typeof(ArgumentNullException).FullName!, "m", null);
        exception.Is<ArgumentNullException>().ShouldBeTrue();
        exception.Is<ArgumentException>().ShouldBeFalse();
    }
}
