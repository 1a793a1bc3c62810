// Starts `ebb lsp` for scripts, and again when its settings change.
"use strict";

const vscode = require("vscode");
const { LanguageClient } = require("vscode-languageclient/node");

let client;

async function stop() {
  const old = client;
  client = undefined;
  if (old !== undefined) await old.stop();
}

async function start() {
  await stop();
  const settings = vscode.workspace.getConfiguration("ebb");
  const server = { command: settings.get("command"), args: ["lsp", ...settings.get("flags")] };
  const watched = vscode.workspace.createFileSystemWatcher("**/*.{ebb,so}");
  client = new LanguageClient("ebb", "Ebb", server, {
    documentSelector: [{ language: "ebb" }],
    synchronize: { fileEvents: watched },
  });
  try {
    await client.start();
  } catch (error) {
    client = undefined;
    vscode.window.showErrorMessage(
      `Ebb: cannot start \`${server.command} lsp\`: ${error.message}. ` +
        "The setting ebb.command says where the program is.",
    );
  }
}

exports.activate = async (context) => {
  context.subscriptions.push(
    vscode.commands.registerCommand("ebb.restart", start),
    vscode.workspace.onDidChangeConfiguration((change) => {
      if (change.affectsConfiguration("ebb")) return start();
    }),
  );
  await start();
};

exports.deactivate = stop;
