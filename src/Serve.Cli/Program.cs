using Serve.Cli;

return await CommandRunner.RunAsync(RootCommands.Create(), args);
